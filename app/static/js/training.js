// One question of the training: the same aids for answering as in a quiz. Nothing is saved before "Check" is pressed.
import "./quiz-color.js";
import "./quiz-order.js";
