project = "Trees"
extensions = ["sphinx_amts"]
locale_dirs = ["locale"]
