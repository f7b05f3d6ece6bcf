"""Whatever turns source into target: the contract, and the engines of the project."""
