{{/* Named templates of the console and of the history that it keeps. */}}

{{- define "sim-operator.consoleName" -}}
{{- include "sim-operator.fullname" . }}-console
{{- end }}

{{- define "sim-operator.consoleServiceAccountName" -}}
{{- if .Values.console.serviceAccount.create }}
{{- .Values.console.serviceAccount.name | default (include "sim-operator.consoleName" .) }}
{{- else }}
{{- .Values.console.serviceAccount.name | default "default" }}
{{- end }}
{{- end }}

{{/* Where the operator delivers what it read; empty where nobody keeps it. */}}
{{- define "sim-operator.historyURL" -}}
{{- if include "sim-operator.keepsHistory" . }}
{{- printf "http://%s.%s.svc:%d" (include "sim-operator.consoleName" .) .Release.Namespace (int .Values.console.service.port) }}
{{- end }}
{{- end }}

{{/* Where people reach the pages from outside; empty where no way in names a host. */}}
{{- define "sim-operator.consoleURL" -}}
{{- if and .Values.ingress.enabled .Values.ingress.hosts .Values.ingress.routes.pages }}
{{- printf "%s://%s/" (ternary "https" "http" (not (empty .Values.ingress.tls))) (first .Values.ingress.hosts) }}
{{- else if and .Values.httpRoute.enabled .Values.httpRoute.hostnames .Values.httpRoute.routes.pages }}
{{- printf "https://%s/" (first .Values.httpRoute.hostnames) }}
{{- end }}
{{- end }}

{{/* Not empty where a history is kept. The console keeps it: without one there is none. */}}
{{- define "sim-operator.keepsHistory" -}}
{{- if and .Values.console.enabled .Values.history.enabled }}true{{ end }}
{{- end }}

{{/* Not empty where the history is a file of the console, which one process at a time may have open for writing. */}}
{{- define "sim-operator.keepsFile" -}}
{{- if and (include "sim-operator.keepsHistory" .) (not .Values.history.database.existingSecret) }}true{{ end }}
{{- end }}

{{- define "sim-operator.historyClaimName" -}}
{{- include "sim-operator.fullname" . }}-history
{{- end }}

{{/* SIM_OPERATOR_DATABASE_URL, as an item of a container's env. */}}
{{- define "sim-operator.databaseEnv" -}}
- name: SIM_OPERATOR_DATABASE_URL
  {{- with .Values.history.database.existingSecret }}
  # With its password, so that it stands in no manifest.
  valueFrom:
    secretKeyRef: {name: {{ . }}, key: {{ $.Values.history.database.key }}}
  {{- else }}
  value: sqlite:////data/history.db
  {{- end }}
{{- end }}

{{/*
What a pod with a volume has in common with every other: the volume is then given to the group that its process
runs as. Where the platform chooses the user (runAsGroup: null), it chooses this group too. affinity: of this pod,
in place of that of the values.
*/}}
{{- define "sim-operator.volumePodSpec" -}}
{{- $context := deepCopy (.root.Values.podSecurityContext | default dict) }}
{{- if and $context.runAsGroup (not (hasKey $context "fsGroup")) }}
{{- $context = merge $context (dict "fsGroup" $context.runAsGroup "fsGroupChangePolicy" "OnRootMismatch") }}
{{- end }}
{{- $values := set (deepCopy .root.Values) "podSecurityContext" $context }}
{{- with .affinity }}
{{- $values = set $values "affinity" . }}
{{- end }}
{{- include "sim-operator.podSpec" (dict "Values" $values) }}
{{- end }}

{{/* The rules of the console of one scope, as YAML: cluster, or namespaced (what it watches). */}}
{{- define "sim-operator.consoleRules" -}}
{{- $root := .root }}
{{- $impersonation := .root.Values.console.impersonation }}
{{- $bounds := dict "users" $impersonation.users "groups" $impersonation.groups "serviceaccounts" $impersonation.serviceAccounts }}
{{- $scopes := .scopes }}
{{- $rules := list }}
{{- range $rule := ($root.Files.Get "files/console-clusterrole.yaml" | fromYaml).rules }}
{{- $scope := ternary "namespaced" "cluster" (or (has "sims" .resources) (has "events" .resources)) }}
{{- if not (has $scope $scopes) }}
{{- else if has "users" .resources }}
{{- /* One rule for each, since each is bound to names of its own. */}}
{{- range $resource := .resources }}
{{- $bound := dict "resources" (list $resource) }}
{{- with get $bounds $resource }}
{{- $_ := set $bound "resourceNames" . }}
{{- end }}
{{- $rules = append $rules (mergeOverwrite (deepCopy $rule) $bound) }}
{{- end }}
{{- else if has "impersonate" .verbs }}
{{- range $impersonation.extras }}
{{- $_ := set $rule "resources" (append $rule.resources (printf "userextras/%s" .) | uniq) }}
{{- end }}
{{- $rules = append $rules $rule }}
{{- else }}
{{- $rules = append $rules . }}
{{- end }}
{{- end }}
{{- toYaml $rules }}
{{- end }}

{{/* The affinity of the values, and beside it: the node of the console. */}}
{{- define "sim-operator.besideConsole" -}}
{{- $affinity := deepCopy (.Values.affinity | default dict) }}
{{- $with := $affinity.podAffinity | default dict }}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" (include "sim-operator.selectorLabels" (dict "root" . "component" "console") | fromYaml)) }}
{{- $all := append ($with.requiredDuringSchedulingIgnoredDuringExecution | default list) $term }}
{{- $_ := set $with "requiredDuringSchedulingIgnoredDuringExecution" $all }}
{{- set $affinity "podAffinity" $with | toYaml }}
{{- end }}
