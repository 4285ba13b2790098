// Loaded before Azurite, whose telemetry is off: the library that would send it is most of what Azurite loads and three quarters
// of its start, so an empty one stands in its place. Where Azurite no longer has it, nothing is done.
const { dirname } = require("node:path");

try {
  const sender = require.resolve("applicationinsights", { paths: [dirname(require.resolve("azurite/package.json"))] });
  require.cache[sender] = { id: sender, filename: sender, loaded: true, exports: {} };
} catch (error) {
  if (error.code !== "MODULE_NOT_FOUND") throw error;
}
