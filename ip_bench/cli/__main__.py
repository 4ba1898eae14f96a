"""`python -m ip_bench.cli` is `ip-bench`."""

from ip_bench.cli.app import main

if __name__ == "__main__":
    main()
