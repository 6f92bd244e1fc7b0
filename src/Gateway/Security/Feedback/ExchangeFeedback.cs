namespace Tda.Gateway.Security;

/// <summary>What a client or reviewer thinks of an answer.</summary>
/// <param name="ExchangeId">The exchange.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Actor">Who: <c>admin at ADDRESS</c>, <c>client KEY-ID</c>.</param>
/// <param name="Rating">From -1 (bad) to 1 (good), if given.</param>
/// <param name="Label">A short label such as <c>harmful</c>, if given.</param>
/// <param name="Comment">Free text, secrets masked, if given.</param>
public sealed record ExchangeFeedback(string ExchangeId, DateTimeOffset At, string Actor, double? Rating, string? Label, string? Comment);
