"""What makes the training engine fast, one idea a module.

`pooled` convolves and pools at once, `tiles` does it with fewer multiplications, `products` shares
the large matrix products of dense layers out, `threads` keeps the team; `plan` chooses which layers
of a network go where, and `engine` runs the plan. The plain layers of `cnn_lab.layers` stay the
definition of what is computed; everything here must agree with them to float32's accuracy.
"""
