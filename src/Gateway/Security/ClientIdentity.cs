namespace Tda.Gateway.Security;

/// <summary>The client of a request, as a feature of its HttpContext; absent where no client keys are required.</summary>
/// <param name="Id">The client key's id.</param>
/// <param name="RequestsPerMinute">The key's own rate limit, if it has one.</param>
public sealed record ClientIdentity(string Id, int? RequestsPerMinute);
