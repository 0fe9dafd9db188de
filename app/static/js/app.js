// What every page needs. Each module finds its own elements and does nothing without them.
import "./menu.js";
import "./flash.js";
import "./forms.js";
import "./stepper.js";
import "./compare.js";
import "./glossary.js";
import "./upload-elsewhere.js";
