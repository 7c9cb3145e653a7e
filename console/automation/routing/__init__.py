"""Route maths: in which order one driver, or a fleet, makes its stops. Pure: matrices in, sequences out."""
