#compdef crm
# Completion of crm for zsh. Save it as _crm in a folder of your fpath, or load it with:  eval "$(crm completion zsh)"

_crm() {
    local line value about
    local -a plain open
    while IFS=$'\t' read -r value about; do
        case $value in
            @files) _files; continue ;;
            @dirs) _files -/; continue ;;
        esac
        value=${value//:/\\:}
        if [[ $value == *[=:.] ]]; then
            open+=("$value${about:+:$about}")
        else
            plain+=("$value${about:+:$about}")
        fi
    done < <("${words[1]}" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)
    # -U: crm has chosen already (a name or its pinyin may stand for an id)
    (( $#open )) && _describe -V 'crm' open -U -S ''
    (( $#plain )) && _describe -V 'crm' plain -U
}

if [[ $funcstack[1] == _crm ]]; then
    _crm "$@"
else
    compdef _crm crm
fi
