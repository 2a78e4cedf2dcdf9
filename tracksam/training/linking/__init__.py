"""How the odds of linking are learned: movies with truth, their cases, the fit, the calibration."""
