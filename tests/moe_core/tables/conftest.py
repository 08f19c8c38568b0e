"""Property tests try the same examples each time, and leave nothing behind but in pytest's own cache."""

from hypothesis import configuration, settings

from tests.source_tree import ROOT

configuration.set_hypothesis_home_dir(ROOT / ".pytest_cache" / "hypothesis")
settings.register_profile("tables", derandomize=True, database=None, deadline=None)
settings.load_profile("tables")
