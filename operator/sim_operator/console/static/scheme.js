// Before the first paint: the colour scheme that the viewer chose here earlier.
// Without a choice the stylesheet follows the system.
try {
  const chosen = localStorage.getItem("scheme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.scheme = chosen;
} catch {
  // No storage is allowed: the system's scheme it is.
}
