using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Tda.Review.Accounts;

/// <summary>
/// Writes who came in, who tried and who was refused into the log's audit. What anybody can cause is written a few times a minute only, and then
/// counted, so that nobody fills the disk with it.
/// </summary>
internal sealed partial class DeskAudit(IExchangeWriter log, TimeProvider time, ILogger logger)
{
    /// <summary>Entries of one action in a minute, of those that anybody can cause.</summary>
    private const int EntriesPerMinute = 20;

    private readonly FailureLimit _limit = new(EntriesPerMinute, time);
    private readonly ConcurrentDictionary<string, long> _leftOut = new(StringComparer.Ordinal);

    /// <summary>Somebody came in or left.</summary>
    public Task AddAsync(HttpContext context, string name, string action, string? detail = null) => WriteAsync(context, name, action, name, detail);

    /// <summary>Somebody failed to come in, or was refused.</summary>
    /// <param name="context">The request.</param>
    /// <param name="name">Who, as far as it is known.</param>
    /// <param name="action">What.</param>
    /// <param name="subject">With what.</param>
    /// <param name="detail">More about it.</param>
    public Task AddRefusalAsync(HttpContext context, string name, string action, string subject, string? detail = null)
    {
        if (!_limit.Take(action))
        {
            _leftOut.AddOrUpdate(action, 1, (_, count) => count + 1);
            return Task.CompletedTask;
        }

        var more = _leftOut.TryRemove(action, out var count) ? FormattableString.Invariant($"{count} before this one weren't written") : null;
        return WriteAsync(context, name, action, subject, detail is null ? more : more is null ? detail : $"{detail}; {more}");
    }

    /// <summary>Who a request comes from, for the audit.</summary>
    public static string Actor(HttpContext context, string? name = null) =>
        $"{name ?? context.Features.Get<DeskUser>()?.Name ?? DeskUser.AdminName} at {context.Connection.RemoteIpAddress}";

    private async Task WriteAsync(HttpContext context, string name, string action, string subject, string? detail)
    {
        try
        {
            var entry = new AuditEntry { At = ExchangeTime.Normalise(time.GetUtcNow()), Actor = Actor(context, name), Action = action, Subject = subject, Detail = detail };
            await log.AuditAsync(entry, CancellationToken.None); // whoever hangs up is written down too
        }
        catch (TdaException error)
        {
            // Whoever looks after the gateway has to get in while its log is away: that is what the pages then say.
            NotAudited(logger, action, error);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Action} couldn't be written into the audit")]
    private static partial void NotAudited(ILogger logger, string action, Exception error);
}
