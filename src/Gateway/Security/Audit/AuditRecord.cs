namespace Tda.Gateway.Security;

/// <summary>Something that someone did with what is recorded.</summary>
/// <param name="At">When, UTC.</param>
/// <param name="Actor">Who: <c>admin at ADDRESS</c>, <c>client KEY-ID</c>.</param>
/// <param name="Action">What: <c>raw_view</c>, <c>export</c>, <c>erase</c>, <c>key_issue</c>, <c>key_revoke</c>.</param>
/// <param name="Subject">To what: an exchange's or a key's id.</param>
public sealed record AuditRecord(DateTimeOffset At, string Actor, string Action, string Subject);
