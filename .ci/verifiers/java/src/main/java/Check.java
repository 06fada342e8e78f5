import com.nimbusds.jose.util.JSONObjectUtils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtDecoders;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/** Verifies tokens with Spring Security. Prints a line for each decoder: library, version, and "yes" or why the good token is refused. */
public class Check {
    interface Maker {
        JwtDecoder make(String audience) throws Exception;
    }

    static Map<String, Object> cases;

    public static void main(String[] args) throws Exception {
        cases = JSONObjectUtils.parse(Files.readString(Path.of(args[0])));
        String issuer = (String) cases.get("issuer");
        print("Spring Security, from `issuer-uri` alone", audience -> {
            NimbusJwtDecoder decoder = (NimbusJwtDecoder) JwtDecoders.fromIssuerLocation(issuer);
            decoder.setJwtValidator(JwtValidators.createDefaultWithValidators(
                    new JwtIssuerValidator(issuer),
                    new JwtClaimValidator<List<String>>("aud", aud -> aud != null && aud.contains(audience))));
            return decoder;
        });
        print("Spring Security, `createAtJwtValidator` (1)", audience -> {
            NimbusJwtDecoder decoder = NimbusJwtDecoder.withIssuerLocation(issuer).validateType(false).build();
            decoder.setJwtValidator(JwtValidators.createAtJwtValidator()
                    .issuer(issuer).audience(audience).clientId((String) cases.get("client")).build());
            return decoder;
        });
    }

    static void print(String name, Maker maker) throws Exception {
        String version = JwtDecoders.class.getProtectionDomain().getCodeSource().getLocation().getPath().replaceAll(".*-([0-9.]+)\\.jar", "$1");
        System.out.println(name + "\t" + version + "\t" + result(maker));
    }

    @SuppressWarnings("unchecked")
    static String result(Maker maker) throws Exception {
        String good = (String) cases.get("good");
        JwtDecoder decoder;
        try {
            decoder = maker.make((String) cases.get("audience"));
            Jwt token = decoder.decode(good);
            if (!token.getSubject().equals(cases.get("sub"))) throw new AssertionError(token.getClaims());
        } catch (RuntimeException e) {
            return "no: " + e.getMessage();
        }
        for (Map.Entry<String, Object> bad : ((Map<String, Object>) cases.get("bad")).entrySet()) {
            if (accepts(decoder, (String) bad.getValue())) return "ACCEPTED A TOKEN: " + bad.getKey();
        }
        return accepts(maker.make("elsewhere"), good) ? "ACCEPTED A TOKEN: another audience" : "yes";
    }

    static boolean accepts(JwtDecoder decoder, String token) {
        try {
            decoder.decode(token);
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }
}
