// Nothing: Azurite loads it to send telemetry, which is off.
module.exports = {};
