"""mystmd and Jupyter Book 2 as a host.

::

    myst build, jupyter book build
      BOOK/amts.mjs -> plugin.mjs -> worker.mjs ==JSON lines==> python ... --worker
                       trees.mjs, site.mjs                      worker -> edition
"""
