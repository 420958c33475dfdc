"""Mistakes in `conv_backward` about places: windows, frames, which image, filter or output."""

from cnn_lab.checks.mistakes import Mistake

CROP = "dA_pad[:, pad : pad + n_H_prev, pad : pad + n_W_prev]"
RETURN = "return dA_prev, dW, db"
STRIDE = (
    Mistake(
        "stride missing",
        "Your windows start at (h, w) itself, which is right at stride 1 only. Where did window"
        " (h, w) begin on the way forward?",
        {
            "h * stride, h * stride + f_H": "h, h + f_H",
            "w * stride, w * stride + f_W": "w, w + f_W",
        },
    ),
    Mistake(
        "stride missing in dA_prev",
        "With a stride your dA_prev is wrong: into which pixels does window (h, w) hand"
        " its share? They are the pixels that it looked at.",
        {"dA_pad[i, rows, columns] +=": "dA_pad[i, h : h + f_H, w : w + f_W] +="},
    ),
    Mistake(
        "stride missing in dW",
        "With a stride your dW is wrong: which pixels did window (h, w) look at on"
        " the way forward?",
        {"window = A_pad[i, rows, columns]": "window = A_pad[i, h : h + f_H, w : w + f_W]"},
    ),
    Mistake(
        "stride for rows only",
        "The stride moves your windows down, but not to the right: look at where their columns"
        " begin.",
        {"w * stride, w * stride + f_W": "w, w + f_W"},
    ),
    Mistake(
        "stride for columns only",
        "The stride moves your windows to the right, but not down: look at where their rows begin.",
        {"h * stride, h * stride + f_H": "h, h + f_H"},
    ),
    Mistake(
        "end of the window without stride",
        "With a stride your windows do not have the filter's size: their start moves by the"
        " stride, and their end?",
        {"h * stride + f_H": "h + f_H", "w * stride + f_W": "w + f_W"},
    ),
)

FRAME = (
    Mistake(
        "[pad:-pad] at pad 0",
        "At pad 0 your cut leaves nothing of dA_prev: `[pad:-pad]` becomes `[0:0]`. At what row"
        " does the image end, counted from the start?",
        {CROP: "dA_pad[:, pad:-pad, pad:-pad]"},
    ),
    Mistake(
        "[pad:-pad] at pad 0, image by image",
        "At pad 0 there is nothing to put into dA_prev[i]: `[pad:-pad]` becomes `[0:0]`, which is"
        " empty. At what row does the image end, counted from the start?",
        {
            f"dA_prev = {CROP}": "dA_prev = np.zeros(A_prev.shape)\n    for i in range(m):\n"
            "        dA_prev[i] = dA_pad[i, pad:-pad, pad:-pad]"
        },
    ),
    Mistake(
        "frame not cut off",
        "With padding your dA_prev still has its frame: it should have the shape of A_prev. Whose"
        " gradient is the frame, and who needs it?",
        {CROP: "dA_pad"},
    ),
    Mistake(
        "frame not cut off, image by image",
        "With padding there is more in your padded gradient than dA_prev[i] can take. Whose"
        " gradient is the frame, and who needs it?",
        {
            f"dA_prev = {CROP}": "dA_prev = np.zeros(A_prev.shape)\n    for i in range(m):\n"
            "        dA_prev[i] = dA_pad[i]"
        },
    ),
    Mistake(
        "frame cut off at one end only",
        "With padding dA_prev has the right size, but is shifted: you cut at the bottom and right"
        " only. Where in the padded image does the image begin?",
        {CROP: "dA_pad[:, :n_H_prev, :n_W_prev]"},
    ),
    Mistake(
        "too much cut off",
        "With padding your dA_prev is too small: count in the padded image at which row the image"
        " begins and at which it ends.",
        {CROP: "dA_pad[:, pad:n_H_prev, pad:n_W_prev]"},
    ),
    Mistake(
        "windows cut out of A_prev",
        "As soon as there is padding two of your shapes no longer fit. Which of your arrays have"
        " the frame, from which do you cut your windows, and where does the frame end?",
        {"window = A_pad[i, rows, columns]": "window = A_prev[i, rows, columns]"},
    ),
    Mistake(
        "padded at one end only",
        "With padding your numbers belong to a shifted image: on which sides did the forward pass"
        " add zeros?",
        {"(pad, pad), (pad, pad)": "(0, 2 * pad), (0, 2 * pad)"},
    ),
    Mistake(
        "left-over pixels dropped",
        "Where the stride leaves pixels over, your dA_prev is too small. Pixels that no window"
        " reaches have a gradient as well: which?",
        {
            "np.zeros(A_pad.shape)": "np.zeros((m, (n_H - 1) * stride + f_H,"
            " (n_W - 1) * stride + f_W, A_pad.shape[3]))"
        },
    ),
)

INDICES = (
    Mistake(
        "filter as wide as high",
        "Your function breaks where the filter is not square. It has a height and a width: which"
        " of them ends the rows of a window, and which its columns?",
        {"w * stride + f_W": "w * stride + f_H"},
    ),
    Mistake(
        "filter as high as wide",
        "Your function breaks where the filter is not square: its width is used for the rows of a"
        " window too. What does each of the four numbers in W.shape mean?",
        {"h * stride + f_H": "h * stride + f_W"},
    ),
    Mistake(
        "rows and columns of windows exchanged",
        "Your windows lie at the wrong places: h counts rows and w counts columns. Which of the"
        " two moves a window down?",
        {
            "h * stride, h * stride + f_H": "w * stride, w * stride + f_H",
            "w * stride, w * stride + f_W": "h * stride, h * stride + f_W",
        },
    ),
    Mistake(
        "shares for every image",
        "With several images each of them gets the shares of all: which images does dZ[i] belong"
        " to?",
        {"dA_pad[i, rows, columns] +=": "dA_pad[:, rows, columns] +="},
    ),
    Mistake(
        "shares for later images",
        "In dA_prev each image also holds what belongs to the images before it: when does your"
        " array of zeros begin anew?",
        {"dA_pad[i, rows, columns] +=": "dA_pad[i:, rows, columns] +="},
    ),
    Mistake(
        "first image only",
        "With several images only the first one counts: how far is your `return` indented, and"
        " which loop does it end?",
        {"for i in range(m)": "for i in range(1)"},
    ),
    Mistake(
        "windows of the first image",
        "dW is right for one image only: from which image do you cut the windows when i is 1?",
        {"window = A_pad[i,": "window = A_pad[0,"},
    ),
    Mistake(
        "first filter only",
        "With several filters dA_prev is wrong: you hand back the weights of the first filter for"
        " all feature maps. Which filter made dZ[:, :, :, c]?",
        {"+= W[:, :, :, c]": "+= W[:, :, :, 0]"},
    ),
    Mistake(
        "last filter only",
        "With several filters only the last one has gradients: are all your sums inside the loop"
        " over the filters?",
        {"for c in range(n_C)": "for c in range(n_C - 1, n_C)"},
    ),
    Mistake(
        "every filter's gradient",
        "With several filters all of them get the same dW: which filters have a road to the loss"
        " through feature map c?",
        {"dW[:, :, :, c] += window *": "dW += window[..., np.newaxis] *"},
    ),
    Mistake(
        "every bias",
        "With several filters all biases get the same gradient: through which feature map does a"
        " bias reach the loss?",
        {"db[:, :, :, c] +=": "db +="},
    ),
    Mistake(
        "dW returned first",
        "Your gradients come in another order: dA_prev first, then dW, then db.",
        {RETURN: "return dW, dA_prev, db"},
    ),
    Mistake(
        "dW and db exchanged",
        "Your gradients come in another order: dA_prev first, then dW, and db last.",
        {RETURN: "return dA_prev, db, dW"},
    ),
)

PLACES = (*STRIDE, *FRAME, *INDICES)
