{{- /* A line of text as a YAML scalar. */ -}}
{{- define "box.yaml" -}}
{{- if or (regexMatch "^[\\n\\t ,[\\]{}#&*!|>'\"%@`]|^[?-]$|^[?-][ \\t]|[\\n:][ \\t]|[ \\t]\\n|[\\n\\t ]#|[\\n\\t :]$" .) (regexMatch "^(?:~|[Nn]ull|NULL)?$|^(?:Y|y|[Yy]es|YES|[Tt]rue|TRUE|[Oo]n|ON)$|^(?:N|n|[Nn]o|NO|[Ff]alse|FALSE|[Oo]ff|OFF)$|^[-+]?0b[0-1_]+$|^[-+]?0[0-7_]+$|^[-+]?[0-9][0-9_]*$|^[-+]?0x[0-9a-fA-F_]+$|^(?:[-+]?\\.(?:inf|Inf|INF)|\\.nan|\\.NaN|\\.NAN)$|^[-+]?(?:[0-9][0-9_]*)?(?:\\.[0-9_]*)?[eE][-+]?[0-9]+$|^[-+]?(?:[0-9][0-9_]*)?\\.[0-9_]*$|^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+$|^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\\.[0-9_]*$|^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:t|T|[ \\t]+)([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2}(\\.[0-9]+)?)(?:[ \\t]*(Z|[-+][012]?[0-9](?::[0-9]{2})?))?)?$" .) -}}
{{- if and (contains "\"" .) (not (contains "'" .)) -}}'{{ . }}'{{- else -}}{{ toRawJson . }}{{- end -}}
{{- else -}}{{ . }}{{- end -}}
{{- end }}

{{- define "digest.identity/Kratos/Config" -}}{{ print "kratos.yaml\u0000" (include "text.ory/kratos/kratos.yaml" .) "\u0000" "identity.employee.schema.json\u0000" (include "text.ory/kratos/identity.employee.schema.json" .) "\u0000" "identity.default.schema.json\u0000" (include "text.ory/kratos/identity.default.schema.json" .) "\u0000" "identity.external.schema.json\u0000" (include "text.ory/kratos/identity.external.schema.json" .) "\u0000" | sha256sum | trunc 16 }}{{- end }}

{{- define "digest.identity/Hydra/Config" -}}{{ print "hydra.yaml\u0000" (include "text.ory/hydra/hydra.yaml" .) "\u0000" | sha256sum | trunc 16 }}{{- end }}

{{- define "digest.identity/LoginUi/Config" -}}{{ print "apps.json\u0000" (include "text.ory/login-ui/apps.json" .) "\u0000" | sha256sum | trunc 16 }}{{- end }}

{{- define "digest.lasuite/Docs/Migrate" -}}{{ print (include "input.lasuite/Docs/Migrate" .) | sha256sum | trunc 8 }}{{- end }}
