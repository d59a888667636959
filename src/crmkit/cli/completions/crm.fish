# Completion of crm for fish. Load it with:  crm completion fish | source

function __crm_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct | string unescape)
    for line in ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case '@files*'
                __fish_complete_path $current
            case '@dirs*'
                __fish_complete_directories $current
            case '*'
                echo $line
        end
    end
end

complete -c crm -f -a '(__crm_complete)'
