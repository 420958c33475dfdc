"""What makes the training engine fast, one idea a module.

`pooled` convolves and pools at once, `tiles` does it with fewer multiplications (by the matrices of
`cook_toom`), `flat` takes maps into a small dense layer as they lie, and `products` shares out the
matrix products of a large one. `plan` chooses which layers of a network go where, and leaves the
rest plain (`plain`); `lanes` cuts a batch into chunks for the team of `threads`, and `engine` runs
it all. The plain layers of `cnn_lab.layers` stay the definition of what is computed; everything
here must agree with them to float32's accuracy.
"""
