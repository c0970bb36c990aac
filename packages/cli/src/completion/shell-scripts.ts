/** What each shell has to run once. The shells only ask: which words are possible is known by the command alone. */

export type Shell = 'bash' | 'zsh' | 'fish'

/** First line of an answer that leaves the word to the shell: a path. */
export const FILES = ':files'

/** The line of the shell up to the cursor is split at spaces, since bash itself splits a device's name at its colons. */
const BASH = `# barter completion for bash. For this shell: source <(barter completion bash)
# For good: barter completion bash > ~/.local/share/bash-completion/completions/barter
_barter() {
  local line=\${COMP_LINE:0:COMP_POINT} word cut
  local -a words reply
  read -r -a words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  word=\${words[-1]}
  mapfile -t reply < <(barter completion words -- "\${words[@]:1}" 2>/dev/null)
  if [[ \${reply[0]-} == '${FILES}' ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "\${word##*=}")
    return
  fi
  cut=\${word%"\${word##*[:=]}"}
  COMPREPLY=("\${reply[@]#"$cut"}")
}
complete -F _barter barter
`

const ZSH = `#compdef barter
# barter completion for zsh. For this shell: source <(barter completion zsh)
# For good: barter completion zsh > a folder of $fpath, as the file _barter
_barter() {
  local -a reply
  reply=("\${(@f)$(barter completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ $reply[1] == '${FILES}' ]]; then
    _files
  elif [[ -n $reply[1] ]]; then
    compadd -- "\${reply[@]}"
  fi
}
if [[ \${funcstack[1]-} == _barter ]]; then _barter "$@"; else compdef _barter barter; fi
`

const FISH = `# barter completion for fish. For this shell: barter completion fish | source
# For good: barter completion fish > ~/.config/fish/completions/barter.fish
function __barter_words
    set -l words (commandline -opc) (commandline -ct)
    set -l reply (barter completion words -- $words[2..-1] 2>/dev/null)
    if test "$reply[1]" = '${FILES}'
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $reply
    end
end
complete -c barter -f -a '(__barter_words)'
`

export const SHELL_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH }
