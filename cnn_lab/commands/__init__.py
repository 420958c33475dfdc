"""The commands of ``cnn-lab``, one module each: ``add`` names its options, ``run`` does it."""
