"""Mistakes in `conv_backward` about places: windows, frames, which image, filter or output."""

from cnn_lab.checks.mistakes import Mistake

CROP = "dA_pad[:, pad : pad + n_H_prev, pad : pad + n_W_prev]"
PADDED = "np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))"
BY_IMAGE = (
    "dA_prev = np.zeros(A_prev.shape)\n    for i in range(m):\n        dA_prev[i] = dA_pad[i, {}]"
)
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
        {f"dA_prev = {CROP}": BY_IMAGE.format("pad:-pad, pad:-pad")},
    ),
    Mistake(
        "[pad:-pad] at pad 0, and stride missing",
        "Two things: `[pad:-pad]` becomes `[0:0]` at pad 0, which is empty, so there is nothing to"
        " put into dA_prev[i]. And with a stride: where did window (h, w) begin on the way"
        " forward?",
        {
            f"dA_prev = {CROP}": BY_IMAGE.format("pad:-pad, pad:-pad"),
            "h * stride, h * stride + f_H": "h, h + f_H",
            "w * stride, w * stride + f_W": "w, w + f_W",
        },
    ),
    Mistake(
        "[pad:-pad] at pad 0, and = for +=",
        "Two things: `[pad:-pad]` becomes `[0:0]` at pad 0, which is empty, so there is nothing to"
        " put into dA_prev[i]. And windows overlap: what must a pixel do with all its shares?",
        {
            f"dA_prev = {CROP}": BY_IMAGE.format("pad:-pad, pad:-pad"),
            "dA_pad[i, rows, columns] +=": "dA_pad[i, rows, columns] =",
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
        {f"dA_prev = {CROP}": BY_IMAGE.format(":")},
    ),
    Mistake(
        "collected without a frame",
        "Your windows come from the padded image, but you collect dA_prev in an array without a"
        " frame: with padding they run over its edge.",
        {"np.zeros(A_pad.shape)": "np.zeros(A_prev.shape)", CROP: "dA_pad"},
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
        "padding forgotten",
        "With padding your windows run over the edge of A_prev. Where did they lie on the way"
        " forward: in the image or in the padded image?",
        {PADDED: "A_prev", CROP: "dA_pad"},
    ),
    Mistake(
        "windows cut out of A_prev",
        "With padding dW is wrong: you collect dA_prev in an array with a frame, but you cut your"
        " windows out of an image without one.",
        {"window = A_pad[i, rows, columns]": "window = A_prev[i, rows, columns]"},
    ),
    Mistake(
        "collected without a frame, which is cut off",
        "With padding you cut a frame off at the end, but the array in which you collect never had"
        " one. Which shape does it need, that of the image or that of the padded image?",
        {"np.zeros(A_pad.shape)": "np.zeros(A_prev.shape)"},
    ),
    Mistake(
        "windows counted without padding",
        "With padding windows are missing: you count them in A_prev, but on the way forward they"
        " lay in the padded image. Which array has one number for each?",
        {
            "n_H, n_W = dZ.shape[1:3]": "n_H = (n_H_prev - f_H) // stride + 1\n"
            "    n_W = (n_W_prev - f_W) // stride + 1"
        },
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
        "filter taken to be square",
        "Your function breaks where the filter is not square. It has a height and a width: which"
        " of the four numbers in W.shape ends the rows of a window, and which its columns?",
        {"w * stride + f_W": "w * stride + f_H"},
    ),
    Mistake(
        "size of the filter in hparameters",
        '`hparameters` holds "stride" and "pad", nothing else. In pooling it held the size of the'
        " window as well; here the filter's size is in W.shape.",
        {"f_H, f_W, _, n_C = W.shape": 'f_H = f_W = hparameters["f"]; n_C = W.shape[3]'},
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
        "With several images only the first one counts. Does a loop over the images lack, or does"
        " a `return` stand inside it?",
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
        "last filter only in dA_prev",
        "With several filters dA_prev holds the share of the last one only: a pixel has a road"
        " through every filter. What becomes of the shares of the others?",
        {"+= W[:, :, :, c]": "+= (c == n_C - 1) * W[:, :, :, c]"},
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
        "filter not named in dW",
        "The two sides of a `+=` of yours do not fit: a window has three axes, dW has four. One"
        " window changes the weights of filter c only. Which axis of dW counts the filters?",
        {"dW[:, :, :, c] += window": "dW += window"},
    ),
    Mistake(
        "channel 0 only",
        "With several input channels only channel 0 has gradients: a window is as deep as the"
        " filter. Where does an index of yours stop at 0?",
        {
            "dA_pad[i, rows, columns] += W[:, :, :, c]": "dA_pad[i, rows, columns, 0] +="
            " W[:, :, 0, c]",
            "dW[:, :, :, c] += window": "dW[:, :, 0, c] += window[:, :, 0]",
        },
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
