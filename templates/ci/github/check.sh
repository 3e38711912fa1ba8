#!/usr/bin/env bash
# The one step of action.yml. What to check stands in the ENVLOCK_* variables that `envlock check` reads itself.
set -uo pipefail

program=${INPUT_ENVLOCK:-$(command -v envlock || true)}
if [[ -z $program ]]; then
  sources=$(cd "${GITHUB_ACTION_PATH:?}/../../.." && pwd) || exit 3
  make -C "$sources" install PREFIX="${RUNNER_TEMP:?}/envlock" >&2 || exit 3
  program=$RUNNER_TEMP/envlock/bin/envlock
fi

options=()
if [[ ${INPUT_CURRENT:-true} == true ]]; then options+=(--lock-current); fi

# Annotations go to the log, where the runner reads them; this run decides.
"$program" check "${options[@]}" --format github
code=$?
case $code in
  0) verdict=fits ;;
  1) verdict=does-not-fit ;;
  *) verdict=unknown ;;
esac
echo "verdict=$verdict" >> "${GITHUB_OUTPUT:-/dev/null}"

# The same again for people; it takes milliseconds.
"$program" check "${options[@]}" --format markdown >> "${GITHUB_STEP_SUMMARY:-/dev/null}" 2>/dev/null
if [[ -n ${INPUT_SARIF:-} ]]; then
  "$program" check "${options[@]}" --format sarif > "$INPUT_SARIF" 2>/dev/null
fi
exit "$code"
