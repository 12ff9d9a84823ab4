"""`python -m threadbook.kernel -f CONNECTION_FILE`: the argv of the kernelspec."""

from threadbook.kernel.app import main

main()
