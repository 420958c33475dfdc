"""More of the catalogue of lesson 04: how the windows of `pool_forward` go wrong."""

from cnn_lab.checks.mistakes import Mistake

WINDOWS = (
    Mistake(
        "end of the window without the stride",
        "Your windows start where the stride says, but end where they would with stride 1: they"
        " shrink and vanish. How far from its own start does a window end?",
        {"top + f,": "h + f,", "left + f,": "w + f,"},
    ),
    Mistake(
        "window as large as the stride",
        "Your maps have the right size, but each window ends one stride after its start. Which"
        " hyperparameter is the size of the window?",
        {"top + f,": "top + stride,", "left + f,": "left + stride,"},
    ),
    Mistake(
        "2 for f and for the stride",
        "It works where f and stride are both 2: does a 2 stand in your code in place of what"
        " hparameters says?",
        {'hparameters["f"], hparameters["stride"]': "2, 2"},
    ),
    Mistake(
        "windows of 2 in steps of 2",
        "Your maps have the right size, but their windows are 2x2 and move by 2, whatever"
        " hparameters says: where do you cut them out?",
        {"h * stride, w * stride": "h * 2, w * 2",
         "top + f,": "top + 2,", "left + f,": "left + 2,"},
    ),
    Mistake(
        "windows of 2",
        "Your windows are 2x2, whatever f says: where do you cut them out?",
        {"top + f,": "top + 2,", "left + f,": "left + 2,"},
    ),
    Mistake(
        "images pooled together",
        "All images of the batch get the same maps: your window spans all of them. Which image is"
        " it to be cut from?",
        {"A_prev[i,": "A_prev[:,"},
    ),
    Mistake(
        "images and channels pooled together",
        "All images and all channels get the same map: your window spans everything. One image and"
        " one channel are due: which two of the four indices of A_prev say so?",
        {"A_prev[i,": "A_prev[:,", "left : left + f, c]": "left : left + f, :]"},
    ),
    Mistake(
        "loops over window starts",
        "With stride 1 it works. With stride 2 your h and w count pixels, 0, 2, 4 and so on, but"
        " the maps are filled at 0, 1, 2. Which of the two should the loops count?",
        {"range(n_H)": "range(0, n_H_prev - f + 1, stride)",
         "range(n_W)": "range(0, n_W_prev - f + 1, stride)",
         "h * stride, w * stride": "h, w"},
    ),
)
