"""Which joints of a walk do not fit, how, how surely, and the person's own normative twin."""
