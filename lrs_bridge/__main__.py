from lrs_bridge.cli import main

main()
