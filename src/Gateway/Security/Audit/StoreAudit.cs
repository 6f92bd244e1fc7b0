using Tda.Core.Store;

namespace Tda.Gateway.Security;

/// <summary>The audit in the store, beside what it is about.</summary>
internal sealed class StoreAudit(IExchangeStore store) : IAuditLog
{
    public Task WriteAsync(AuditRecord record, CancellationToken cancellationToken) =>
        store.AuditAsync(new() { At = record.At, Actor = record.Actor, Action = record.Action, Subject = record.Subject }, cancellationToken);
}
