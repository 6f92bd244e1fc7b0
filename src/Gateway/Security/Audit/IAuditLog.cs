namespace Tda.Gateway.Security;

/// <summary>Takes what must be accounted for. It is written before the thing itself is done, so that nothing goes unseen.</summary>
public interface IAuditLog
{
    /// <summary>Writes a record; when it throws, the thing is not done.</summary>
    Task WriteAsync(AuditRecord record, CancellationToken cancellationToken);
}
