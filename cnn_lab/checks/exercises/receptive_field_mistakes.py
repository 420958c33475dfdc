"""Known mistakes in `receptive_field`: edits of the answer in `receptive_fields`."""

from cnn_lab.checks.mistakes import Mistake

BELOW_ITS_OWN = "A layer's stride spreads the windows of the layers above it, not its own."
SIZE = "size += dilation * (kernel_size - 1) * jump"
LATER = {"        jump *= stride\n": ""}
RETURN = "    return size, jump, start"

_STRIDES = (
    Mistake(
        "stride too early",
        f"You multiply by a stride one layer too early. {BELOW_ITS_OWN}",
        {**LATER, "start -= before": "jump *= stride; start -= before"},
    ),
    Mistake(
        "stride too early for the size",
        f"Your start is right; your size takes in a stride one layer too early. {BELOW_ITS_OWN}",
        {**LATER, "size += dilation": "jump *= stride; size += dilation"},
    ),
    Mistake(
        "stride too early for the start",
        "Your size is right; your start is counted with the new jump. A layer's padding stands "
        "among the pixels below it: how far apart are those?",
        {"start -= before * jump": "start -= before * jump * stride"},
    ),
    Mistake(
        "start counted in the layer's stride",
        "Your start counts padding in strides of its own layer. A layer's padding stands among "
        "the pixels below it: how far apart are those in the input?",
        {"start -= before * jump": "start -= before * stride"},
    ),
    Mistake(
        "stride ignored",
        "Your size takes no notice of the strides. How far apart on the input are two neighbours "
        "above a layer of stride 2?",
        {"(kernel_size - 1) * jump": "(kernel_size - 1)"},
    ),
    Mistake(
        "strides added",
        "You add the strides up. Two layers of stride 3: how many pixels apart are neighbours "
        "above the first, and above the second?",
        {"jump *= stride": "jump += stride - 1"},
    ),
    Mistake(
        "strides added to 1",
        "Your jump is 1 plus all strides: a single layer of stride 1 makes it 2 already. How far "
        "apart are neighbours above two layers of stride 3?",
        {"jump *= stride": "jump += stride"},
    ),
    Mistake(
        "last stride only",
        "Your jump is that of the last layer alone. Two layers of stride 2: how many pixels of "
        "the input lie between neighbours above both?",
        {"jump *= stride": "jump = stride"},
    ),
)

_SIZES = (
    Mistake(
        "from above",
        "You go through the layers from the top down, with a rule for going up. The first layer "
        "of the list is the one at the input.",
        {"in layers": "in layers[::-1]"},
    ),
    Mistake(
        "filter sizes added up",
        "Every layer of 3 adds 2 pixels to the field, not 3: its windows overlap what was seen "
        "before in one pixel.",
        {"dilation * (kernel_size - 1)": "dilation * kernel_size"},
    ),
    Mistake(
        "whole reach added",
        "You add all pixels that a window reaches over. One of them was seen before: how many are "
        "new?",
        {"dilation * (kernel_size - 1)": "(dilation * (kernel_size - 1) + 1)"},
    ),
    Mistake(
        "filter sizes multiplied",
        "You multiply the filter sizes. Draw two layers of 3 over a row of pixels: how many does "
        "the upper one see?",
        {SIZE: "size *= kernel_size"},
    ),
    Mistake(
        "kernel size and stride swapped",
        "You take the first entry of a layer for its stride and the second for its filter size. "
        "What is (5, 1): which of the two is 5?",
        {"kernel_size, stride = layer": "stride, kernel_size = layer"},
    ),
    Mistake(
        "start from nothing",
        "Your fields are one pixel too small: what does a unit see when there is no layer at all?",
        {"size, jump, start = 1, 1, 0": "size, jump, start = 0, 1, 0"},
    ),
    Mistake(
        "padding makes the field larger",
        "Padding makes your field larger. It shifts the field: how many pixels a window has does "
        "not depend on it.",
        {SIZE: "size += (dilation * (kernel_size - 1) + 2 * before) * jump"},
    ),
    Mistake(
        "padding in front makes the field larger",
        "Your field grows by the padding in front. It only shifts: how many pixels a window has "
        "does not depend on padding.",
        {SIZE: "size += (dilation * (kernel_size - 1) + before) * jump"},
    ),
    Mistake(
        "padding makes the field smaller",
        "Padding makes your field smaller. `size` counts the pixels in the frame too: how many "
        "pixels a window has does not depend on it.",
        {SIZE: "size += (dilation * (kernel_size - 1) - 2 * before) * jump"},
    ),
    Mistake(
        "padding in front cut off",
        "You take the padding in front off the size. `size` counts those pixels too; where the "
        "field begins is told by `start`.",
        {SIZE: "size += (dilation * (kernel_size - 1) - before) * jump"},
    ),
)

_DILATIONS = (
    Mistake(
        "dilation ignored",
        "Dilation changes nothing in your field. How many pixels apart are the filter's own "
        "pixels then?",
        {"dilation * (kernel_size": "(kernel_size"},
    ),
    Mistake(
        "dilation read with three entries only",
        "You read a dilation where a layer has exactly three entries. What of a layer with four?",
        {"len(layer) > 2": "len(layer) == 3"},
    ),
    Mistake(
        "dilation 0 by default",
        "A layer without an entry for the dilation gets 0 from you, and then sees a single pixel. "
        "How far apart are the pixels of an ordinary filter?",
        {"else 1": "else 0"},
    ),
    Mistake(
        "dilation times all pixels",
        "A filter of 3 with dilation 2 spans fewer pixels than you say: count the gaps between "
        "its pixels, not the pixels.",
        {"dilation * (kernel_size - 1)": "(dilation * kernel_size - 1)"},
    ),
    Mistake(
        "dilation multiplies the jump",
        "Your jump grows with the dilation. It spreads the pixels of one window: does the next "
        "window begin further on because of that?",
        {"jump *= stride": "jump *= stride * dilation"},
    ),
    Mistake(
        "dilation multiplies the padding",
        "Your start counts padding times dilation. Padding is so many pixels, whatever gaps the "
        "filter has.",
        {"before * jump": "before * dilation * jump"},
    ),
)

_STARTS = (
    Mistake(
        "padding ignored",
        "Your field begins at pixel 0 always. What does a unit 0 see whose window begins in the "
        "padding?",
        {"start -= before * jump": "start -= 0"},
    ),
    Mistake(
        "last padding only",
        "Your start holds the padding of the last layer alone. What have the layers below it "
        "shifted already?",
        {"start -= before * jump": "start = -before * jump"},
    ),
    Mistake(
        "padding counted in outputs",
        "Padding higher up counts in steps of the layer below, not in pixels of the input.",
        {"before * jump": "before"},
    ),
    Mistake(
        "padding on both sides",
        "Your start is twice as far in front as it should be. `before` counts the pixels in front "
        "only.",
        {"before * jump": "2 * before * jump"},
    ),
    Mistake(
        "start on the wrong side",
        "Your field begins inside of the picture where there is padding. On which side of pixel "
        "0 do the first pixels of padding lie?",
        {"start -=": "start +="},
    ),
    Mistake(
        "padding read from the dilation",
        "You read the padding where the dilation stands. Which entry of a layer is `before`, when "
        "you count from 0?",
        {"layer[3] if len(layer) > 3": "layer[2] if len(layer) > 2"},
    ),
    Mistake(
        "third entry read twice",
        "Your padding is the dilation where a layer has four entries. Which entry of a layer is "
        "`before`, when you count from 0?",
        {"layer[3]": "layer[2]"},
    ),
    Mistake(
        "dilation and padding swapped",
        "In a layer with four entries you take the dilation for the padding, and the padding for "
        "the dilation. In which order do they come?",
        {"= layer[2]": "= layer[2 if len(layer) == 3 else 3]", "layer[3]": "layer[2]"},
    ),
)

_RESULTS = (
    Mistake(
        "size only",
        "You return the size alone. Asked for are three ints: size, jump and start.",
        {RETURN: "    return size"},
    ),
    Mistake(
        "without the start",
        "The start is missing: return three ints, size, jump and start.",
        {RETURN: "    return size, jump"},
    ),
    Mistake(
        "start before jump",
        "You return size, start, jump. The jump stands in the middle.",
        {RETURN: "    return size, start, jump"},
    ),
    Mistake(
        "jump before size",
        "You return jump, size, start. The size comes first.",
        {RETURN: "    return jump, size, start"},
    ),
    Mistake(
        "return in the loop",
        "You return after the first layer, and nothing where there is none: how far is your "
        "`return` indented?",
        {RETURN: f"    {RETURN}"},
    ),
)

RECEPTIVE_FIELD_MISTAKES = (*_STRIDES, *_SIZES, *_DILATIONS, *_STARTS, *_RESULTS)
