// Starts the NHS.UK components that need a script; the page works without it.
import { initAll } from "../vendor/nhsuk/nhsuk-frontend.min.js";

initAll();
