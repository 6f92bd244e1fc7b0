using Microsoft.Extensions.Logging;

namespace Tda.Gateway.Security;

/// <summary>The audit as log lines, where no store keeps it.</summary>
internal sealed partial class LoggedAudit(ILogger<LoggedAudit> logger) : IAuditLog
{
    public Task WriteAsync(AuditRecord record, CancellationToken cancellationToken)
    {
        Audited(logger, record.Actor, record.Action, record.Subject);
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "audit: {Actor} {Action} {Subject}")]
    private static partial void Audited(ILogger logger, string actor, string action, string subject);
}
