/**
 * Templates of `helm/alloy`. They are Helm's language, so they are text. The configuration itself is no template: Helm would take
 * its `{{ .Value }}` for its own, so it is read with `.Files.Get` (trap T65).
 */
import { customPatternsMark } from '../alloy/redaction-stages.ts';

const labels = `    app.kubernetes.io/name: alloy
    app.kubernetes.io/instance: {{ .Release.Name }}`;

const metadata = (labelsToo = true): string => `metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}${labelsToo ? `\n  labels:\n${labels}\n    app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}\n    app.kubernetes.io/managed-by: {{ .Release.Service }}` : ''}`;

const configmap = `{{- /* The stages of .Values.redaction.customPatterns go where the configuration has its mark. */}}
{{- $stages := "" }}
{{- range .Values.redaction.customPatterns }}
{{- $stages = printf "%s\\tstage.replace {\\n\\t\\texpression = %s\\n\\t\\treplace    = %s\\n\\t}\\n" $stages (.expression | quote) (.tag | quote) }}
{{- end }}
{{- $file := printf "files/%s.alloy" (required "values: environment is missing; use -f values-<environment>.yaml" .Values.environment) }}
apiVersion: v1
kind: ConfigMap
${metadata()}
data:
  config.alloy: |
{{ required (printf "there is no %s in the chart" $file) (.Files.Get $file) | replace "\\t${customPatternsMark}\\n" (printf "\\t${customPatternsMark}\\n%s" $stages) | indent 4 }}
`;

const serviceaccount = `apiVersion: v1
kind: ServiceAccount
${metadata()}
# Needed: it asks the API server for the pods of its node.
automountServiceAccountToken: true
`;

const clusterrole = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ .Release.Name }}
  labels:
${labels}
rules:
  - apiGroups: [""]
    resources: [pods, namespaces, nodes]
    verbs: [get, list, watch]
{{- if .Values.rbac.podLogs }}
  - apiGroups: [""]
    resources: [pods/log]
    verbs: [get]
{{- end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ .Release.Name }}
  labels:
${labels}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ .Release.Name }}
subjects:
  - kind: ServiceAccount
    name: {{ .Release.Name }}
    namespace: {{ .Release.Namespace }}
`;

const service = `apiVersion: v1
kind: Service
${metadata()}
spec:
  type: ClusterIP
  # Services send OTLP to the collector of their own node.
  internalTrafficPolicy: Local
  selector:
${labels}
  ports:
    - name: http-metrics
      port: {{ .Values.alloy.listenPort }}
      targetPort: http-metrics
      protocol: TCP
    - name: otlp-grpc
      port: {{ .Values.alloy.otlp.grpcPort }}
      targetPort: otlp-grpc
      protocol: TCP
      appProtocol: grpc
    - name: otlp-http
      port: {{ .Values.alloy.otlp.httpPort }}
      targetPort: otlp-http
      protocol: TCP
`;

const daemonset = `apiVersion: apps/v1
kind: DaemonSet
${metadata()}
spec:
  selector:
    matchLabels:
  ${labels.replaceAll('\n', '\n  ')}
  updateStrategy:
    {{- toYaml .Values.controller.updateStrategy | nindent 4 }}
  template:
    metadata:
      labels:
    ${labels.replaceAll('\n', '\n    ')}
      annotations:
        # A changed configuration rolls the pods.
        checksum/config: {{ include (print $.Template.BasePath "/configmap.yaml") . | sha256sum }}
    spec:
      serviceAccountName: {{ .Release.Name }}
      priorityClassName: {{ .Values.controller.priorityClassName }}
      terminationGracePeriodSeconds: {{ .Values.controller.terminationGracePeriodSeconds }}
      tolerations:
        {{- toYaml .Values.controller.tolerations | nindent 8 }}
      securityContext:
        # The kubelet's log files belong to root and nobody else may read them (trap T45).
        runAsUser: 0
        runAsGroup: 0
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: alloy
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          args:
            - run
            - /etc/alloy/config.alloy
            - --storage.path={{ .Values.alloy.storagePath }}
            - --server.http.listen-addr=0.0.0.0:{{ .Values.alloy.listenPort }}
            - --stability.level={{ .Values.alloy.stabilityLevel }}
            - --disable-reporting
          env:
            - name: NODE_NAME
              valueFrom:
                fieldRef:
                  fieldPath: spec.nodeName
            - name: GOMEMLIMIT
              value: {{ .Values.alloy.goMemoryLimit | quote }}
            {{- with .Values.redaction.ipAddressesOf }}
            - name: REDACT_IPS_IN
              value: {{ . | quote }}
            {{- end }}
          ports:
            - name: http-metrics
              containerPort: {{ .Values.alloy.listenPort }}
              protocol: TCP
            - name: otlp-grpc
              containerPort: {{ .Values.alloy.otlp.grpcPort }}
              protocol: TCP
            - name: otlp-http
              containerPort: {{ .Values.alloy.otlp.httpPort }}
              protocol: TCP
          readinessProbe:
            httpGet:
              path: /-/ready
              port: http-metrics
            initialDelaySeconds: 10
            timeoutSeconds: 1
          livenessProbe:
            httpGet:
              path: /-/healthy
              port: http-metrics
            initialDelaySeconds: 30
            periodSeconds: 30
          resources:
            {{- toYaml .Values.alloy.resources | nindent 12 }}
          securityContext:
            privileged: false
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              # Root owns the files it reads, so it needs none.
              drop: [ALL]
          volumeMounts:
            - name: config
              mountPath: /etc/alloy/config.alloy
              subPath: config.alloy
              readOnly: true
            {{- if .Values.credentials.secretName }}
            - name: credentials
              mountPath: /etc/alloy/credentials
              readOnly: true
            {{- end }}
            - name: pod-logs
              mountPath: /var/log/pods
              readOnly: true
            - name: journal
              mountPath: /var/log/journal
              readOnly: true
            - name: runtime-journal
              mountPath: /run/log/journal
              readOnly: true
            - name: machine-id
              mountPath: /etc/machine-id
              readOnly: true
            - name: storage
              mountPath: /var/lib/alloy
            - name: tmp
              mountPath: /tmp
      volumes:
        - name: config
          configMap:
            name: {{ .Release.Name }}
        {{- if .Values.credentials.secretName }}
        - name: credentials
          secret:
            secretName: {{ .Values.credentials.secretName }}
            items:
              - key: {{ .Values.credentials.key }}
                path: {{ .Values.credentials.key }}
        {{- end }}
        - name: pod-logs
          hostPath:
            path: {{ .Values.hostPaths.podLogs }}
            type: Directory
        - name: journal
          hostPath:
            path: {{ .Values.hostPaths.journal }}
        - name: runtime-journal
          hostPath:
            path: {{ .Values.hostPaths.runtimeJournal }}
        - name: machine-id
          hostPath:
            path: {{ .Values.hostPaths.machineId }}
            type: File
        - name: storage
          hostPath:
            path: {{ .Values.hostPaths.storage }}
            type: DirectoryOrCreate
        - name: tmp
          emptyDir: {}
`;

/** By file name. */
export const alloyTemplates: Readonly<Record<string, string>> = {
  'configmap.yaml': configmap,
  'daemonset.yaml': daemonset,
  'serviceaccount.yaml': serviceaccount,
  'clusterrole.yaml': clusterrole,
  'service.yaml': service,
};
