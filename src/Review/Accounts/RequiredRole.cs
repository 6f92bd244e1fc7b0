using Microsoft.AspNetCore.Builder;

namespace Tda.Review.Accounts;

/// <summary>The role that an endpoint asks for; the gate refuses whoever has less, and every endpoint without one that it isn't told to leave open.</summary>
/// <param name="Role">The least role.</param>
public sealed record RequiredRole(ReviewRole Role);

/// <summary>Puts roles on endpoints.</summary>
public static class RequiredRoles
{
    /// <summary>Lets in whoever has the role, or a higher one.</summary>
    public static TBuilder For<TBuilder>(this TBuilder endpoint, ReviewRole role)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new RequiredRole(role));
}
