"""How good translations are: scores against people's, a report, a gate."""
