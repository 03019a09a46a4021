// The scripts that shells load. They know nothing of tutti: at every TAB they ask `tutti __complete` with
// the words so far, the last one being the word under the cursor, and get one candidate per line.

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const bash = `# tutti completion for bash
_tutti() {
  local IFS=$'\\n'
  COMPREPLY=($(tutti __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o filenames -F _tutti tutti
`;

const zsh = `#compdef tutti
# tutti completion for zsh
_tutti() {
  local -a candidates
  candidates=("\${(@f)$(tutti __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [ -n "\${candidates[*]}" ]; then compadd -- "\${candidates[@]}"; else _files; fi
}
if [ "$funcstack[1]" = "_tutti" ]; then _tutti "$@"; else compdef _tutti tutti; fi
`;

const fish = `# tutti completion for fish
function __tutti_complete
  set -l words (commandline -opc) (commandline -ct)
  tutti __complete -- $words[2..-1] 2>/dev/null
end
complete -c tutti -a '(__tutti_complete)'
`;

export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash, zsh, fish };
