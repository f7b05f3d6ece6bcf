project = "Sundial"
extensions = ["myst_parser", "sphinx_amts"]
amts_engine = "pseudo"
numfig = True
myst_enable_extensions = ["deflist", "dollarmath", "substitution"]
myst_substitutions = {"shop": "the shop"}
