{{/*
The operator's rights: files/clusterrole.yaml is the only list of them. Here its rules are sorted by
where they have to hold.
*/}}

{{/*
Rules of some scopes, as YAML. scopes: a list of
  cluster     of resources that lie in no namespace
  namespaced  of what the operator watches and reads
  lease       of leader election, in the operator's own namespace
*/}}
{{- define "sim-operator.rules" -}}
{{- $root := .root }}
{{- $scopes := .scopes }}
{{- $scopeOf := dict "customresourcedefinitions" "cluster" "namespaces" "cluster" "leases" "lease" }}
{{- $rules := list }}
{{- range ($root.Files.Get "files/clusterrole.yaml" | fromYaml).rules }}
{{- $scope := get $scopeOf (first .resources) | default "namespaced" }}
{{- if has $scope $scopes }}
{{- if eq $scope "lease" }}
{{- if $root.Values.settings.sharding }}
{{- /* The Leases of replicas and accounts have names that nobody knows before. */}}
{{- $rules = append $rules . }}
{{- else }}
{{- /* The name of an object that is to be created or listed is not known to RBAC; the other verbs are bound to it. */}}
{{- $rules = append $rules (mergeOverwrite (deepCopy .) (dict "verbs" (list "list" "create"))) }}
{{- $rules = append $rules (mergeOverwrite (deepCopy .) (dict "verbs" (without .verbs "list" "create" "delete") "resourceNames" (list "sim-operator"))) }}
{{- end }}
{{- else if and (has "secrets" .resources) $root.Values.rbac.secretNames }}
{{- $rules = append $rules (mergeOverwrite (deepCopy .) (dict "resourceNames" $root.Values.rbac.secretNames)) }}
{{- else }}
{{- $rules = append $rules . }}
{{- end }}
{{- end }}
{{- end }}
{{- toYaml $rules }}
{{- end }}

{{/* The subject that is the operator. */}}
{{- define "sim-operator.subject" -}}
- kind: ServiceAccount
  name: {{ include "sim-operator.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{/*
Hook resources of a Job or test: a ServiceAccount and its rights, made before it and gone once it has
succeeded. name, component, hook (events), roles: a list of {name, namespace, rules}, where a role
without namespace holds in the whole cluster; annotations: more of them. Nothing where rights are not the chart's to give: Jobs
then run as the operator (sim-operator.hookServiceAccount).
*/}}
{{- define "sim-operator.hookRights" -}}
{{- if .root.Values.rbac.create }}
{{- $ := . }}
{{- $annotations := dict
      "helm.sh/hook" .hook
      "helm.sh/hook-weight" "-5"
      "helm.sh/hook-delete-policy" "before-hook-creation,hook-succeeded" }}
{{- $annotations = merge $annotations (.annotations | default dict) }}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "sim-operator.metadata" (dict "root" .root "component" .component "name" .name "annotations" $annotations) | nindent 2 }}
automountServiceAccountToken: false
{{- range .roles }}
{{- $prefix := ternary "" "Cluster" (hasKey . "namespace") }}
{{- $metadata := dict "root" $.root "component" $.component "name" .name "annotations" $annotations "namespace" .namespace "clusterScoped" (not (hasKey . "namespace")) }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $prefix }}Role
metadata:
  {{- include "sim-operator.metadata" $metadata | nindent 2 }}
rules:
  {{- toYaml .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $prefix }}RoleBinding
metadata:
  {{- include "sim-operator.metadata" $metadata | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $prefix }}Role
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ $.name }}
    namespace: {{ $.root.Release.Namespace }}
{{- end }}
{{- end }}
{{- end }}

{{/* Who a Job or test runs as. name: the ServiceAccount of its own. */}}
{{- define "sim-operator.hookServiceAccount" -}}
{{- ternary .name (include "sim-operator.serviceAccountName" .root) .root.Values.rbac.create }}
{{- end }}
