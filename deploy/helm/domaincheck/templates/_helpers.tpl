{{- define "domaincheck.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "domaincheck.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "domaincheck.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "domaincheck.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "domaincheck.selector" -}}
app.kubernetes.io/name: {{ include "domaincheck.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "domaincheck.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "domaincheck.selector" . }}
app.kubernetes.io/version: {{ default .Chart.AppVersion .Values.image.tag | trunc 63 | quote }}
app.kubernetes.io/part-of: domaincheck
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "domaincheck.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ default (include "domaincheck.fullname" .) .Values.serviceAccount.name }}{{ else }}{{ default "default" .Values.serviceAccount.name }}{{ end }}
{{- end }}

{{- define "domaincheck.storeSecret" -}}
{{- default (printf "%s-store" (include "domaincheck.fullname" .)) .Values.store.existingSecret }}
{{- end }}

{{- define "domaincheck.settingsSecret" -}}
{{- default (printf "%s-settings" (include "domaincheck.fullname" .)) .Values.existingSettings }}
{{- end }}

{{- /* The settings: what the chart knows, under what the values say. */}}
{{- define "domaincheck.settings" -}}
{{- $web := dict "hosts" .Values.hosts }}
{{- if .Values.proxies }}{{ $_ := set $web "proxies" .Values.proxies }}{{ end }}
{{- if .Values.tls.existingSecret }}{{ $_ := set $web "tls" (dict "certificate" "/etc/domaincheck-tls/tls.crt" "key" "/etc/domaincheck-tls/tls.key") }}{{ end }}
{{- toYaml (mergeOverwrite (dict "listen" "0.0.0.0:8480" "web" $web) (deepCopy .Values.settings)) }}
{{- end }}

{{- /* What the program would refuse is refused before it is installed. */}}
{{- define "domaincheck.check" -}}
{{- if not (or .Values.store.url .Values.store.existingSecret) }}{{ fail "set store.url or store.existingSecret: the nodes share a PostgreSQL" }}{{ end }}
{{- if not .Values.existingSettings }}
{{- if not (dig "auth" "tokens" list .Values.settings) }}{{ fail "set settings.auth.tokens: beyond loopback the API needs a token (make one with: domaincheck token)" }}{{ end }}
{{- if not (or .Values.tls.existingSecret .Values.proxies (dig "web" "tls" dict .Values.settings) (dig "web" "proxies" list .Values.settings)) }}{{ fail "set tls.existingSecret, or name the proxies that encrypt in proxies" }}{{ end }}
{{- end }}
{{- if not (or .Values.roles.all.replicas .Values.roles.worker.replicas) }}{{ fail "nobody would look: set roles.all.replicas or roles.worker.replicas" }}{{ end }}
{{- end }}

{{- define "domaincheck.scheme" -}}
{{- if or .Values.tls.existingSecret (dig "web" "tls" dict .Values.settings) }}HTTPS{{ else }}HTTP{{ end }}
{{- end }}
