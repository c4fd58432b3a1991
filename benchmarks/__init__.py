"""Run by hand: `make bench`. Ratios from one run on one machine; never timed tests."""
