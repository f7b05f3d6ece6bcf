project = "Rivers"
extensions = ["sphinx_amts"]
locale_dirs = ["locale"]
gettext_additional_targets = ["index"]
