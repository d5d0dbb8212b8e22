// The preset is frozen when @lodestar/params is first imported, so it is set before any test file loads.
process.env.LODESTAR_PRESET = "minimal";
