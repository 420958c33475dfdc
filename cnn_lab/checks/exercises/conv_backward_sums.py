"""Mistakes in `conv_backward` about sums: what is multiplied, how it adds up, number types."""

from cnn_lab.checks.mistakes import Mistake

SHARE = "dA_pad[i, rows, columns] += W[:, :, :, c] * dZ[i, h, w, c]"
CROP = "dA_pad[:, pad : pad + n_H_prev, pad : pad + n_W_prev]"
RETURN = "return dA_prev, dW, db"
AVERAGED = (
    "{} by the number of images. The loss is one number for the whole batch: do its roads through"
    " several images add up, or are they averaged?"
)


def _inside_the_images(line):
    return {"for i in range(m):": f"for i in range(m):\n        {line}"}


ADDING_UP = (
    Mistake(
        "= for += in dA_prev",
        "In dA_prev a later window wipes out what earlier ones had brought to a pixel. Windows"
        " overlap: what must a pixel do with all its shares?",
        {"dA_pad[i, rows, columns] +=": "dA_pad[i, rows, columns] ="},
    ),
    Mistake(
        "= for += in dA_prev, filters at once",
        "The filters add up in your dA_prev, the windows do not: a later window wipes out what"
        " earlier ones had brought. What must a pixel do with all its shares?",
        {SHARE: "dA_pad[i, rows, columns] = W @ dZ[i, h, w]"},
    ),
    Mistake(
        "= for += in dW",
        "dW holds the share of the very last window only. A weight"
        " is used in every window: what becomes of the other shares?",
        {"dW[:, :, :, c] +=": "dW[:, :, :, c] ="},
    ),
    Mistake(
        "= for += in dW, images at once",
        "The images add up in your dW, the windows do not: it holds the share of the last window"
        " of each image. A weight is used in every window.",
        {
            "dW[:, :, :, c] += window * dZ[i, h, w, c]": "dW[:, :, :, c] = np.tensordot("
            "dZ[:, h, w, c], A_pad[:, rows, columns], axes=1)"
        },
    ),
    Mistake(
        "= for += in db",
        "db holds the last number of dZ only. A bias is added to every number of its feature map:"
        " what becomes of the others?",
        {"db[:, :, :, c] +=": "db[:, :, :, c] ="},
    ),
    Mistake(
        "= for += everywhere",
        "Every window wipes out what the windows before it had brought. A pixel and a weight have"
        " many roads to the loss: what happens to what arrives on them?",
        {"] += W": "] = W", "] += window": "] = window", "] += dZ": "] = dZ"},
    ),
    Mistake("db averaged", AVERAGED.format("You divide db"), {RETURN: f"{RETURN} / m"}),
    Mistake(
        "dW averaged", AVERAGED.format("You divide dW"), {RETURN: "return dA_prev, dW / m, db"}
    ),
    Mistake(
        "dW and db averaged",
        AVERAGED.format("You divide dW and db"),
        {RETURN: "return dA_prev, dW / m, db / m"},
    ),
    Mistake(
        "all three averaged",
        AVERAGED.format("You divide all gradients"),
        {RETURN: "return dA_prev / m, dW / m, db / m"},
    ),
    Mistake(
        "db is a mean over everything",
        "db is a mean of dZ over images, rows and columns. Nudge a bias: each number of its"
        " feature map moves by the whole nudge, so what do their slopes do?",
        {RETURN: "return dA_prev, dW, dZ.mean(axis=(0, 1, 2)).reshape(b.shape)"},
    ),
    Mistake(
        "begun again for every image",
        "With several images only the last one counts: where do you make your arrays of zeros,"
        " before the loop over the images or inside it?",
        _inside_the_images(
            "dA_pad, dW, db = np.zeros(A_pad.shape), np.zeros(W.shape), np.zeros(b.shape)"
        ),
    ),
    Mistake(
        "dW begun again for every image",
        "dW holds the last image's share only: where do you set it to zeros, before the loop over"
        " the images or inside it?",
        _inside_the_images("dW = np.zeros(W.shape)"),
    ),
    Mistake(
        "dW and db begun again for every image",
        "dW and db hold the last image's share only: where do you set them to zeros, before the"
        " loop over the images or inside it?",
        _inside_the_images("dW, db = np.zeros(W.shape), np.zeros(b.shape)"),
    ),
    Mistake(
        "last windows left out",
        "The last row and the last column of windows are missing. How many windows are there? dZ"
        " has one number for each.",
        {"range(n_H)": "range(n_H - 1)", "range(n_W)": "range(n_W - 1)"},
    ),
)

OTHER_FACTOR = (
    Mistake(
        "filter turned",
        "Your filter is turned by 180 degrees. Here every window hands its share straight back:"
        " which weight lay over its upper left pixel on the way forward?",
        {"+= W[:, :, :, c]": "+= W[::-1, ::-1, :, c]"},
    ),
    Mistake(
        "pixels in dA_prev",
        "In dA_prev you multiply dZ by pixels. The slope of a product w * a with respect to a is"
        " the other factor: which is it here?",
        {"dA_pad[i, rows, columns] += W[:, :, :, c]": "dA_pad[i, rows, columns] += window"},
    ),
    Mistake(
        "weights in dW",
        "In dW you multiply dZ by weights. The slope of a product w * a with respect to w is the"
        " other factor: which is it here?",
        {"dW[:, :, :, c] += window": "dW[:, :, :, c] += W[:, :, :, c]"},
    ),
    Mistake(
        "factors exchanged",
        "In dA_prev you multiply dZ by pixels, in dW by weights. The slope of a product w * a with"
        " respect to a is the other factor: which is it for a pixel?",
        {
            "dA_pad[i, rows, columns] += W[:, :, :, c]": "dA_pad[i, rows, columns] += window",
            "dW[:, :, :, c] += window": "dW[:, :, :, c] += W[:, :, :, c]",
        },
    ),
    Mistake(
        "weights forgotten in dA_prev",
        "You hand dZ back as it is, the same to every pixel of a window. When a pixel rises by 1,"
        " by how much does Z rise?",
        {SHARE: "dA_pad[i, rows, columns] += dZ[i, h, w, c]"},
    ),
    Mistake(
        "pixels forgotten in dW",
        "You add dZ to the weights as it is, the same to every one. When a weight rises by 1, by"
        " how much does Z rise?",
        {"+= window * dZ": "+= dZ"},
    ),
    Mistake(
        "dW turned",
        "Your dW is turned by 180 degrees: the upper left weight should meet the upper left pixel"
        " of every window.",
        {"+= window *": "+= window[::-1, ::-1] *"},
    ),
    Mistake(
        "windows taken from dA_pad",
        "In dW you multiply dZ by windows of the gradient image. Which image did the weights look"
        " at on the way forward?",
        {"+= window *": "+= dA_pad[i, rows, columns] *"},
    ),
    Mistake(
        "filter summed in dA_prev",
        "All pixels of a window get the same share: you hand back a sum of the filter. Each pixel"
        " lay under a weight of its own.",
        {"+= W[:, :, :, c] *": "+= np.sum(W[:, :, :, c]) *"},
    ),
    Mistake(
        "window summed in dW",
        "All weights of a filter get the same gradient: you sum the window up. Each weight met a"
        " pixel of its own.",
        {"+= window *": "+= np.sum(window) *"},
    ),
    Mistake(
        "bias as factor",
        "In db you multiply dZ by b. The bias is added, not multiplied: by how much does Z rise"
        " when the bias rises by 1?",
        {"db[:, :, :, c] += dZ[i, h, w, c]": "db[:, :, :, c] += b[:, :, :, c] * dZ[i, h, w, c]"},
    ),
    Mistake(
        "signs reversed",
        "Your gradients have the wrong sign. A gradient says how the loss rises; the minus belongs"
        " to the learning step.",
        {RETURN: "return -dA_prev, -dW, -db"},
    ),
)

WHOLE_NUMBERS = (
    Mistake(
        "zeros_like of whole numbers",
        "With whole numbers in A_prev, W and b your arrays of zeros cannot take fractions. What"
        " number type does zeros_like give them?",
        {
            "np.zeros(A_pad.shape)": "np.zeros_like(A_pad)",
            "np.zeros(W.shape)": "np.zeros_like(W)",
            "np.zeros(b.shape)": "np.zeros_like(b)",
        },
    ),
    Mistake(
        "dW like W",
        "When W holds whole numbers, your dW cannot take fractions. Which type does an array made"
        " like W have?",
        {
            "A_pad = np.pad(A_prev,": "A_pad = np.pad(1.0 * A_prev,",
            "np.zeros(W.shape)": "np.zeros_like(W)",
        },
    ),
    Mistake(
        "fractions cut off",
        "With whole numbers in A_prev, W and b every share loses its fraction on the way into"
        " your arrays. What number type does zeros_like give them?",
        {
            "np.zeros(A_pad.shape)": "np.zeros_like(A_pad)",
            "np.zeros(W.shape)": "np.zeros_like(W)",
            "np.zeros(b.shape)": "np.zeros_like(b)",
            "] += W[:, :, :, c] *": "] = dA_pad[i, rows, columns] + W[:, :, :, c] *",
            "] += window *": "] = dW[:, :, :, c] + window *",
            "] += dZ[i": "] = db[:, :, :, c] + dZ[i",
        },
    ),
    Mistake(
        "fractions of dA_prev cut off",
        "With whole numbers in A_prev your dA_prev loses its fractions: what number type does the"
        " array have that you return?",
        {f"dA_prev = {CROP}": f"dA_prev = np.zeros_like(A_prev)\n    dA_prev[...] = {CROP}"},
    ),
)

SUMS = (*ADDING_UP, *OTHER_FACTOR, *WHOLE_NUMBERS)
