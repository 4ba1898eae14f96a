"""The data of the bounds tasks, each pinned to a version."""

from ip_bench.tasks.pinned import Pinned

bounds_stated_v1_0_0 = Pinned("ip-bounds", "bounds_stated", "1.0.0")
bounds_stated_mini_v1_0_0 = Pinned("ip-bounds", "bounds_stated", "1.0.0", mini=True)
bounds_implicit_v1_0_0 = Pinned("ip-bounds", "bounds_implicit", "1.0.0")
bounds_implicit_mini_v1_0_0 = Pinned("ip-bounds", "bounds_implicit", "1.0.0", mini=True)
