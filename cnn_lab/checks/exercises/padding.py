"""Lesson 02: frames of zeros around pictures, and the sizes that come of them."""

from cnn_lab.checks.exercises.cropping import crop_task
from cnn_lab.checks.exercises.same_amounts import same_padding_task
from cnn_lab.checks.exercises.window_counting import output_size_task, predict_sizes
from cnn_lab.checks.exercises.zero_frames import zero_pad_task
from cnn_lab.checks.exercises.zero_frames_of_pairs import zero_pad_pair_task

EXERCISES = (
    predict_sizes,
    zero_pad_task,
    zero_pad_pair_task,
    output_size_task,
    same_padding_task,
    crop_task,
)
