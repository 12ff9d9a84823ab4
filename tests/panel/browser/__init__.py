"""A package, unlike other folders of tests: fixtures of its scope end when its tests are over."""
