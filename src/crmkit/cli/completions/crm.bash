# Completion of crm for bash. Load it with:  eval "$(crm completion bash)"
# What fits is asked of crm itself; lines come as value<TAB>description.

_crm() {
    local value about prefix i
    local -a words=() values=() shown=()
    # bash breaks words at = and :, crm does not: take the line apart at blanks alone
    local before=${COMP_LINE:0:COMP_POINT}
    local word='' quote='' char
    for ((i = 0; i < ${#before}; i++)); do
        char=${before:i:1}
        if [[ -n $quote ]]; then
            if [[ $char == "$quote" ]]; then quote=''; else word+=$char; fi
        elif [[ $char == \' || $char == \" ]]; then
            quote=$char
        elif [[ $char == \\ ]]; then
            ((i++)); word+=${before:i:1}
        elif [[ $char == ' ' || $char == $'\t' ]]; then
            if [[ -n $word ]]; then words+=("$word"); word=''; fi
        else
            word+=$char
        fi
    done
    words+=("$word")
    # readline replaces only what stands behind the last = or :
    prefix=''
    if [[ -z $quote ]]; then
        [[ $word == *[:=]* && $COMP_WORDBREAKS == *[:=]* ]] && prefix=${word%"${word##*[:=]}"}
    fi
    COMPREPLY=()
    while IFS=$'\t' read -r value about; do
        case $value in
            @files) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$word")); continue ;;
            @dirs) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -d -- "$word")); continue ;;
        esac
        values+=("${value#"$prefix"}")
        shown+=("$about")
    done < <("${COMP_WORDS[0]}" __complete "${words[@]:1}" 2>/dev/null)
    if ((${#values[@]} == 1)); then
        value=${values[0]}
        [[ $value == *[=:.] ]] && compopt -o nospace 2>/dev/null
        [[ -z $quote ]] && printf -v value '%q' "$value"
        [[ $value == \$\'* ]] && value=${values[0]}
        COMPREPLY+=("$value")
    elif ((${#values[@]} > 1)); then
        local typed=${word#"$prefix"} common=${values[0]}
        for value in "${values[@]}"; do
            while [[ ${value:0:${#common}} != "$common" ]]; do common=${common:0:${#common}-1}; done
        done
        compopt -o nospace 2>/dev/null
        compopt -o nosort 2>/dev/null
        if [[ $common == "$typed"?* ]]; then
            COMPREPLY+=("${values[@]}")
        else
            # nothing more to fill in: the list is shown, with what each one means
            for i in "${!values[@]}"; do
                COMPREPLY+=("${values[i]}${shown[i]:+  (${shown[i]})}")
            done
            # what was typed is no beginning of these (pinyin): an empty one keeps bash from replacing it
            [[ $common == "$typed"* ]] || COMPREPLY+=(' ')
        fi
    fi
}
complete -F _crm crm
