using Microsoft.AspNetCore.Builder;

namespace Tda.Review.Accounts;

/// <summary>
/// The role that an endpoint asks for: the gate refuses whoever has less. An endpoint without one is nobody's, so that none opens by being forgotten.
/// </summary>
/// <param name="Role">The least role; null lets everyone in.</param>
public sealed record RequiredRole(ReviewRole? Role)
{
    /// <summary>Who else may, whatever their role; null: nobody.</summary>
    internal Func<HttpContext, bool>? OrIf { get; init; }

    /// <summary>Whether a form of somebody's session must bring back its token; not so the login, which has no session yet.</summary>
    internal bool NeedsToken { get; init; } = true;
}

/// <summary>Puts roles on endpoints, or on groups of them; what stands closer to the endpoint holds.</summary>
public static class RequiredRoles
{
    /// <summary>Lets in whoever has the role, or a higher one.</summary>
    public static TBuilder For<TBuilder>(this TBuilder endpoint, ReviewRole role)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new RequiredRole(role));

    /// <summary>Lets in everyone who reaches the server: nothing that people or models wrote may be in the answer.</summary>
    public static TBuilder ForEveryone<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new RequiredRole(Role: null));
}
